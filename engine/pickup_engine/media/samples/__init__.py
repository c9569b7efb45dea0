"""Pickup's own sample footage, rendered: three clips, a matte and a reference picture.

`python -m pickup_engine.media.samples FOLDER` writes them for the demo and the tests.
"""

from pickup_engine.media.samples.render import Sample, render_sample

__all__ = ["Sample", "render_sample"]
