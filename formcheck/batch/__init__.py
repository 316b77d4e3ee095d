"""Many recordings: rows in, tables out; parallel, resumable, on one machine or on a Ray cluster."""
