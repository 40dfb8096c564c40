"""In what order. One step a file; steps know core and ports, and meet only in the store."""
