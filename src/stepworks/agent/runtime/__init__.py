"""What runs inside users' environments: plain files for any Python from 3.8 on, which import the standard library only.

They are run by path, never imported as a part of stepworks, which need not be installed in those environments.
"""
