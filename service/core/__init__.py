"""What we decide. Pure: values in, values out, each answer with its reason. No clock, log, file, network or random."""
