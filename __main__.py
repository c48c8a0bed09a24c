"""The program that ``pulumi up`` runs: settings in, platform out."""

from __future__ import annotations

import pulumi
from pulumi.runtime import get_config_secret_keys_env
from pulumi.runtime.config import CONFIG

from config.loader import load_config
from config.problems import SettingsError
from stacks.platform import deploy
from stacks.refusal import RefusalError

try:
    deploy(load_config(CONFIG.get(), pulumi.get_stack(), secret_keys=get_config_secret_keys_env()))
except (SettingsError, RefusalError) as refusal:
    raise pulumi.RunError(str(refusal)) from refusal  # the message says it all: no traceback
