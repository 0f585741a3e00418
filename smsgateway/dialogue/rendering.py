"""From a session to the pages that a phone shows."""

from __future__ import annotations

from functools import lru_cache

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.network import Medium, Network
from smsgateway.dialogue.nodes import Call, End, Menu, Pick, Screen, Visit
from smsgateway.dialogue.screen import Exits, Navigation, lay_out
from smsgateway.dialogue.session import Reply, Session
from smsgateway.dialogue.words import (
    BACK_LABEL,
    HOME_LABEL,
    MORE_BY_SMS,
    MORE_LABEL,
    Words,
)
from smsgateway.text.orthography import Policy, fold


class Renderer:
    """The screens of an application in the words of a catalogue."""

    def __init__(self, application: Application, words: Words) -> None:
        self.application = application
        self._words = words
        self.said = lru_cache(maxsize=None)(self._translate)
        self.navigation = lru_cache(maxsize=None)(self._labels)

    def reply(self, session: Session, network: Network, notice: str = "") -> Reply:
        """The reply that shows a session's page; the last page of an End is final."""
        pages = self.pages(session, network, notice)
        page = min(session.page, len(pages) - 1)
        ends = isinstance(self.application.nodes[session.node], End)
        return Reply(pages[page], ends and page == len(pages) - 1, session.node)

    def pages(self, session: Session, network: Network, notice: str = "") -> list[str]:
        """The pages of a session's screen, folded; `notice` stands above the text."""
        node = self.screen(session.node)
        return self.laid_out(
            node,
            self._fill(node.text, session),
            self._options(node, session),
            session.language,
            network,
            notice=notice,
            back=bool(session.trail),
            home=bool(session.trail) or session.node not in self.application.front,
        )

    def laid_out(
        self,
        node: Screen,
        text: str,
        options: list[str],
        language: str,
        network: Network,
        *,
        notice: str,
        back: bool,
        home: bool,
    ) -> list[str]:
        """The pages of a node with its text and options filled in."""
        if notice:
            text = f"{self.said(notice, language)}\n{text}"
        if network.letters is not Policy.COMPACT:
            text = fold(text, network.letters)
            options = [fold(option, network.letters) for option in options]
        ends = isinstance(node, End)
        exits = Exits(back=back and not ends, home=home and not ends, ends=ends)
        return lay_out(text, options, self.navigation(language, network), network.budget, exits)

    def screen(self, name: str) -> Screen:
        """A node that is shown."""
        node = self.application.nodes[name]
        assert not isinstance(node, Call | Visit), f"{name} has no screen"
        return node

    def menu_options(self, node: Menu, language: str) -> list[str]:
        """The lines of a menu's options."""
        return [
            f"{key}. {self.said(option.label, language)}" for key, option in node.options.items()
        ]

    def _labels(self, language: str, network: Network) -> Navigation:
        if network.medium is Medium.SMS:
            return Navigation("", "", self.said(MORE_BY_SMS, language))
        keys = network.keys
        labels = ((keys.back, BACK_LABEL), (keys.home, HOME_LABEL), (keys.more, MORE_LABEL))
        return Navigation(
            *(fold(f"{key} {self.said(label, language)}", network.letters) for key, label in labels)
        )

    def _translate(self, msgid: str, language: str) -> str:
        return fold(self._words.text(msgid, language))

    def _fill(self, msgid: str, session: Session) -> str:
        text = self.said(msgid, session.language)
        if "{" not in text:
            return text
        fields = self.application.fields
        return text.format_map(
            {
                name: fields[name].show(value, session.language)
                for name, value in session.values.items()
                if not isinstance(value, list)
            }
        )

    def _options(self, node: Screen, session: Session) -> list[str]:
        match node:
            case Menu():
                return self.menu_options(node, session.language)
            case Pick():
                longest = self.application.fields[node.source]
                return [
                    f"{key}. {longest.show(label, session.language)}"
                    for key, (_, label) in enumerate(frozen_options(session, node), start=1)
                ]
            case _:
                return []


def frozen_options(session: Session, node: Pick) -> list[list[str]]:
    """The options of a Pick as they were when it was shown: [value, label] pairs."""
    options = session.values[node.source]
    assert isinstance(options, list), f"{node.source} holds no options"
    return options
