"""The probe: load it, drain its ring, decode its records into events."""
