"""How the embedded model is made: scenes, train, evaluate, package."""
