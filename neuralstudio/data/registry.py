"""The data sets there are."""

from neuralstudio.data._base import Dataset
from neuralstudio.schema.registry import Registry

DATASETS: Registry[Dataset] = Registry(Dataset, "neuralstudio.data.sets", "data set")
