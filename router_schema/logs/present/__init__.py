"""A report for people: as tables, plain text, on a terminal, as HTML with plots; and as records for other programs."""
