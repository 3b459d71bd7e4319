"""Estimators: a script, its parameters and packages in one object. `ScriptRunConfig` is what came after them."""

from azureml.train._distributed_training import Gloo as Gloo
from azureml.train._distributed_training import Mpi as Mpi
from azureml.train._distributed_training import Nccl as Nccl
from azureml.train._distributed_training import ParameterServer as ParameterServer
from azureml.train.estimator._estimator import Estimator as Estimator
from azureml.train.estimator._mml_base_estimator import MMLBaseEstimator as MMLBaseEstimator
from azureml.train.estimator._mml_base_estimator import MMLBaseEstimatorRunConfig as MMLBaseEstimatorRunConfig
