"""What wakes the steps. Inline: in this process."""
