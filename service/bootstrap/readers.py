"""What may be done for readers, and by them: asked for on the page, by a link in a mail, or by an operator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from service.core.errors import NotFound
from service.core.optin import Verdict, Visitor, opened, signed
from service.core.rules import RuleSet
from service.core.subscription import Subscription, Wish
from service.pipeline.manage import check_wish
from service.pipeline.readers import Readers
from service.ports.readers import Consent
from service.ports.world import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderDesk:
    """Readers, with the time and the rules at hand. `secret` signs links."""

    readers: Callable[[], Readers]
    clock: Clock
    rules: Callable[[], RuleSet]
    secret: Callable[[], str]

    def choices(self) -> Sequence[tuple[str, str]]:
        """Return id and title of each rule that readers can choose, by title."""
        rules = ((rule.rule_id, rule.title or rule.rule_id) for rule in self.rules().active)
        return sorted(rules, key=lambda choice: choice[1].casefold())

    def titles(self) -> Callable[[str], str]:
        """Return what turns the id of a rule into what readers know it by."""
        known = dict(self.choices())
        return lambda rule_id: known.get(rule_id, rule_id)

    def ask(self, wish: Wish, visitor: Visitor) -> Verdict:
        """Ask the address's owner. Raises BadInput naming what is wrong with the wish."""
        return self.readers().ask(self._checked(replace(wish, kind="email", source="web")), visitor, self.clock.now())

    def asked(self, token: str) -> Consent:
        """Return what a confirming link is about. Raises NotFound."""
        return self.readers().asked(token, self.clock.now())

    def confirm(self, token: str, visitor: Visitor) -> Subscription:
        """Put it in force. Raises NotFound."""
        return self.readers().confirm(token, visitor, self.clock.now())

    def opened(self, token: str) -> tuple[Subscription, bool]:
        """Return the subscription a link belongs to, and whether it opens all of it or serves to leave only.

        Raises NotFound.
        """
        key, whole = opened(token, self.secret())
        with self.readers().store.read() as tx:
            return tx.subscriptions.by_key(key), whole

    def whole(self, token: str) -> Subscription:
        """Return the subscription a signed link opens. Raises NotFound for what serves to leave only."""
        subscription, whole = self.opened(token)
        if not whole:
            raise NotFound("this link serves to leave only", hint="any newer mail has one that does more")
        return subscription

    def link(self, subscription: Subscription) -> str:
        """Return what a link to all of it carries."""
        return signed(subscription.key, self.secret())

    def change(self, subscription: Subscription, wish: Wish) -> Subscription:
        """Write what the reader chose. Raises BadInput naming what is wrong with it.

        A rule that is no longer there may stay chosen, and finds nothing.
        """
        kept = replace(wish, kind="email", address=subscription.channel.address, source=subscription.source)
        return self.readers().change(subscription, self._checked(kept, also=subscription.rules), self.clock.now())

    def pause(self, subscription: Subscription, *, off: bool = False) -> Subscription:
        """Send nothing for a while, or go on. Raises BadInput for one that is neither running nor paused."""
        return self.readers().pause(subscription, self.clock.now(), off=off)

    def _checked(self, wish: Wish, also: Sequence[str] = ()) -> Wish:
        return check_wish(wish, {rule_id for rule_id, _ in self.choices()} | set(also))

    def others(self, subscription: Subscription) -> Sequence[Subscription]:
        """Return what else goes to the same address and has not ended."""
        channel = subscription.channel
        with self.readers().store.read() as tx:
            here = tx.subscriptions.at_address(channel.kind, channel.address)
        return [one for one in here if one.subscription_id != subscription.subscription_id and one.state != "ended"]

    def leave_all(self, subscription: Subscription) -> None:
        """End all that goes to its address."""
        for one in (subscription, *self.others(subscription)):
            self.readers().leave(one)

    def export(self, address: str) -> Mapping[str, object]:
        """Return all there is about an address."""
        return self.readers().export(address)

    def kept(self, wish: Wish) -> Wish | None:
        """Return what a file may wish for: without those who had themselves erased. None where nobody is left."""
        readers = self.readers()
        if wish.kind == "email":
            return None if readers.was_erased(wish.address) else wish
        return replace(wish, owner="") if wish.owner and readers.was_erased(wish.owner) else wish

    def erase(self, address: str) -> Mapping[str, int]:
        """Forget it. Raises BadInput for an operator's."""
        return self.readers().erase(address, self.clock.now())
