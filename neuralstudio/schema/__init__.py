"""Floor 0. What a thing is: kinds with declared fields, their registries, problems told to people, assets."""
