"""Rule files in one form: what ``shikra rules fmt`` writes."""
