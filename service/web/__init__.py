"""The pages and the API: one of the two faces."""
