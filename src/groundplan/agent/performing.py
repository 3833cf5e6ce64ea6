"""Performs what the watch wants: one operation at a time, while it holds the platform's lock.

Who is killed meanwhile lets go of the lock, and the next watch goes on from what it sees: who is
named, who is promoted, who follows. So these operations need no record of their steps.
"""

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from groundplan.agent.databases import KINDS, perform
from groundplan.agent.thread import Thread
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN
from groundplan.ports.journal import Json
from groundplan.targets.local.folder import Folder, Holder


class Performing:
    """Starts operations in threads of their own."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self._folder = folder
        self._voice = voice

    def start(self, kind: str, arguments: Mapping[str, Json], why: str) -> str:
        """Its id. TargetError, and nothing is done, while somebody else holds the platform."""
        wanted = TypeAdapter(KINDS[kind]).validate_python(arguments)
        design = self._design()
        name = f"{kind}-{uuid4().hex[:8]}"

        def say(line: str) -> None:
            self._voice.say(f"{name}: {line}")

        thread = Thread(say, say)
        held = ExitStack()
        held.enter_context(Folder(self._folder).locked(Holder(doing=f"the agent's {kind}")))
        self._voice.say(f"{name} begins: {why}")

        def run() -> None:
            with held:
                self._perform(name, thread, design, wanted)

        threading.Thread(target=run, name=name, daemon=True).start()
        return name

    def _perform(self, name: str, thread: Thread, design: Design, arguments: Any) -> None:
        try:
            outcome = perform(self._folder, design, thread, arguments)
        except TargetError as error:
            self._voice.say(f"{name} failed: {error.part}: {error.doing}: {error.why}")
        else:
            self._voice.say(f"{name} is {outcome.state}: {outcome.summary}")

    def _design(self) -> Design:
        try:
            return Design.from_json((self._folder / DESIGN).read_bytes())
        except (OSError, ValidationError) as error:
            raise TargetError(
                part="agent",
                doing="reading the design",
                why=str(error).splitlines()[0],
                try_="run `groundplan up`, which writes it anew",
            ) from error
