"""Events from files: recorded ones, and those that tests are written with."""
