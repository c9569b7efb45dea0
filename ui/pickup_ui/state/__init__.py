"""What the dock knows: one observable state, fed by engine events and the timeline process."""
