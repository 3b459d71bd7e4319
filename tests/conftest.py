import os

from hypothesis import settings

# Machines are shared: how long an example takes says nothing.
settings.register_profile("stepworks", deadline=None)
settings.load_profile("stepworks")

# Interpreters that may not write bytecode start slowly, every time; and no test belongs to a run or a user's home.
for variable in ("PYTHONDONTWRITEBYTECODE", "AZUREML_RUN_ID", "STEPWORKS_HOME", "STEPWORKS_TOKEN"):
    os.environ.pop(variable, None)
