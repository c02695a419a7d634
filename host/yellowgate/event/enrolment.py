"""Giving out tags by tapping them: who is called, and who has which tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from yellowgate.event.person import uid
from yellowgate.event.who import People
from yellowgate.model import Runner

SKIP, UNDO, QUIT, OFF, SECOND, MOVE = "s", "u", "q", "off", "second", "move"  # none is a bib
HELP = (
    "a bib or a part of a name calls that runner; s: the next one; off: takes the tag off; "
    "second: a second tag (ankle); move: a tag that another has; u: undo; q: end"
)


@dataclass
class Enrolment:
    """Who is called, and who has which tag: the whole logic, without station or keyboard.

    queue: indices of the runners still to be called. done: what was changed, newest last, as
    (index of the runner, the runner before). slot: which tag of the called runner the next tap
    is. may_move: the next tap may be a tag that another has.
    """

    runners: list[Runner]
    queue: list[int] = field(default_factory=list[int])
    done: list[tuple[int, Runner]] = field(default_factory=list[tuple[int, Runner]])
    slot: str = "tag"
    may_move: bool = False

    @classmethod
    def begin(cls, runners: Sequence[Runner], again: bool = False) -> Enrolment:
        """Those without a tag are called; all of them with again."""
        queue = [at for at, runner in enumerate(runners) if again or not runner.tags]
        return cls(list(runners), queue)

    def called(self) -> Runner | None:
        """Whose turn it is, None at the end."""
        return self.runners[self.queue[0]] if self.queue else None

    def typed(self, words: str) -> str:
        """A line from the keyboard. Returns what to say."""
        keys: dict[str, Callable[[], str]] = {
            SKIP: self.skip,
            UNDO: self.undo,
            OFF: self.take_off,
            SECOND: lambda: self._next("tag2", "the next tag is the second one"),
            MOVE: lambda: self._next(self.slot, "a tag that another has may be tapped", True),
        }
        return keys.get(words.lower(), lambda: self.call(words))()

    def _next(self, slot: str, words: str, may_move: bool = False) -> str:
        self.slot, self.may_move = slot, may_move
        runner = self.called()
        return "" if runner is None else f"{runner.name}: {words}"

    def call(self, words: str) -> str:
        """The runner with this bib or part of a name is called now."""
        try:
            found = People(self.runners).find(words)
        except ValueError as error:
            return f"{error}; {HELP}"
        index = self.runners.index(found)
        self.queue = [index, *(at for at in self.queue if at != index)]
        self.slot, self.may_move = "tag", False
        return ""

    def tap(self, tag: str) -> str:
        """This tag was held to the reader. Returns what to say; gives it only when it is free, or
        may be moved.
        """
        runner = self.called()
        if runner is None:
            return ""
        try:
            tag = uid(tag)
        except ValueError as error:
            return str(error)
        owner = next((other for other in self.runners if tag in other.tags), None)
        if owner is not None and owner is not runner:
            if not self.may_move:
                return (
                    f"{tag} is {owner.name}'s already: take another tag for {runner.name}, "
                    "or type move and tap again"
                )
            self._change(self.runners.index(owner), _without(owner, tag))
        index = self.queue.pop(0)
        self._call_again(owner, index)
        self._change(index, replace(_without(runner, tag), **{self.slot: tag}))
        self.slot, self.may_move = "tag", False
        moved = "" if owner is None or owner is runner else f", {owner.name} not any more"
        return f"{runner.name} has {tag}{moved}"

    def _call_again(self, owner: Runner | None, index: int) -> None:
        """Whoever has no tag any more is called at the end."""
        for at, row in enumerate(self.runners):
            if owner is not None and row.name == owner.name and not row.tags and at != index:
                self.queue = [*(one for one in self.queue if one != at), at]

    def take_off(self) -> str:
        """The called runner is without a tag, and still called."""
        runner = self.called()
        if runner is None or not runner.tags:
            return "" if runner is None else f"{runner.name} has no tag"
        self._change(self.queue[0], replace(runner, tag="", tag2=""))
        return f"{runner.name} is without {' and '.join(runner.tags)}"

    def _change(self, index: int, after: Runner) -> None:
        self.done.append((index, self.runners[index]))
        self.runners[index] = after

    def skip(self) -> str:
        """The called one comes last."""
        if self.queue:
            self.queue.append(self.queue.pop(0))
        return ""

    def undo(self) -> str:
        """Take back the last change; that runner is called again."""
        if not self.done:
            return "nothing to undo"
        index, before = self.done.pop()
        after, self.runners[index] = self.runners[index], before
        self.queue = [index, *(at for at in self.queue if at != index)]
        had = " and ".join(tag for tag in after.tags if tag not in before.tags)
        if had:
            return f"{before.name} is without {had} again"
        return f"{before.name} has {' and '.join(before.tags)} again"


def _without(runner: Runner, tag: str) -> Runner:
    """The runner without this tag; a second one moves up."""
    left = [one for one in runner.tags if one != tag]
    return replace(runner, tag=left[0] if left else "", tag2=left[1] if len(left) > 1 else "")
