"""One folder per model family, all behind `base.Backend`."""
