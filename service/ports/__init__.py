"""What the pipeline needs from the world, as Protocols."""
