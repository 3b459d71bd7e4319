"""An image of a kind that this version does not know."""

# The published signatures of the kinds of services differ.
# pyright: reportIncompatibleMethodOverride=false

from azureml.core.image.image import Image as Image
from azureml.core.image.image import image


class UnknownImage(Image):
    """An image of a kind that this version does not know."""

    @image
    def run(self): ...
