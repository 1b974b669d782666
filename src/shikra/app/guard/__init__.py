"""The guard's process: the tables' interpreter and the probe's maps, put together."""
