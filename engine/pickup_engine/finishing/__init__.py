"""Between model and timeline: conform, mattes, compositing, seams, colour and grain."""
