"""Floor 0. What a thing is: kinds with declared fields, registries of them, problems told to people, assets."""
