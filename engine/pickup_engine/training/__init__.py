"""How the embedded model is made: scenes, train, evaluate, package.

`train` draws procedural scenes whose motion is known exactly and learns from them; `package` turns
its checkpoint into the weights folder that ships; `evaluate` measures any weights folder on real
clips. No picture in the training data is photographed or downloaded.

The weights of version 0.1 come from about 3,700 steps of batch 16 with an earlier form of this code
(same network, features, targets, loss and optimisers, a few more textures), on one processor core.
"""
