"""What may be said in a stack file, and what it comes to.

`config.loader` is the door: a file or the engine's configuration goes in, a `config.settings.Settings`
or a list of problems comes out. Nothing here asks the network or loads a cloud's SDK.
"""
