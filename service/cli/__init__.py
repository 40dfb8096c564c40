"""The command line. Each command reads its arguments, calls what bootstrap put together, and prints."""
