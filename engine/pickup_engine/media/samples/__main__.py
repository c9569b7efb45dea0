"""Render the sample footage into a folder and print what was written, one path per line."""

import sys
from pathlib import Path

from pickup_engine.media.samples.render import render_sample


def main(arguments: list[str]) -> int:
    """`FOLDER`: where to write; it is made where it does not exist."""
    sample = render_sample(Path(arguments[0] if arguments else "."))
    for clip in sample.clips:
        print(clip.path)
    print(sample.matte)
    print(sample.reference)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
