"""Where radial units start, for scripts: a function of its own, since no library of the targets has it."""

K_MEANS = [
    "def k_means(x, count):",
    '    """Centres amid groups of samples; of each, the log of its distance to the two nearest others."""',
    "    centres = x[np.random.default_rng(1).choice(len(x), count, replace=len(x) < count)]",
    "    for _ in range(20):",
    "        nearest = np.array([((centres - each) ** 2).sum(axis=1).argmin() for each in x])",
    "        for group in set(nearest):",
    "            centres[group] = x[nearest == group].mean(axis=0)",
    "    if count == 1:",
    "        widths = np.sqrt(((x - centres) ** 2).sum(axis=1).mean(keepdims=True))",
    "    else:",
    "        apart = np.sqrt(((centres[:, None] - centres) ** 2).sum(axis=-1))",
    "        widths = np.sort(apart, axis=1)[:, 1:3].mean(axis=1)",
    "    return centres, np.log(np.maximum(widths, 0.001 * x.std() + 1e-6))",
]
