"""Estimators whose environments have a library for neural networks."""

from azureml.train._distributed_training import Gloo as Gloo
from azureml.train._distributed_training import Mpi as Mpi
from azureml.train._distributed_training import Nccl as Nccl
from azureml.train._distributed_training import ParameterServer as ParameterServer
from azureml.train.dnn._chainer import Chainer as Chainer
from azureml.train.dnn._pytorch import PyTorch as PyTorch
from azureml.train.dnn._tensorflow import TensorFlow as TensorFlow
