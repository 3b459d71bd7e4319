"""Container images of models: declared, so that scripts import; stepworks builds no images."""

from azureml.core.image.container import ContainerImage as ContainerImage
from azureml.core.image.image import Image as Image
from azureml.core.image.unknown_image import UnknownImage as UnknownImage
