"""Automated learning: declared with its true signatures; what would run it raises NotImplementedError."""

from azureml.train.automl.automlconfig import AutoMLConfig as AutoMLConfig
from azureml.train.automl.automlconfig import AutoMLImageConfig as AutoMLImageConfig
from azureml.train.automl.run import get_sdk_dependencies as get_sdk_dependencies
