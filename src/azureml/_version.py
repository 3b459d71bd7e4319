"""The version of the SDK whose surface this package offers; scripts print it and compare with it."""

VERSION = "1.61.0"
