"""Starts the timeline process."""

from pickup.timeline.process import main

main()
