"""``shikra rules explain``: every stage of one rule, from what is written to what is run."""
