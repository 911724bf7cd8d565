"""Python scripts of script tasks: checked at deployment, run in a confined process of their own."""

from workflows.scripts.limits import Limits
from workflows.scripts.runner import ScriptRunner
from workflows.scripts.script import Script, compile_script

__all__ = ["Limits", "Script", "ScriptRunner", "compile_script"]
