"""What is done with returns and inspections."""

from functools import cached_property
from random import SystemRandom

from inspection.casework.catalogue import Catalogue
from inspection.casework.deciding import Terms
from inspection.casework.looking import Looking
from inspection.casework.people import People
from inspection.store.references import SqlReferences
from inspection.wiring.ids import new_id
from inspection.wiring.seen import Seen
from inspection.workflow import Workflow


class Casework(Seen):
    """The durable path and what people do, each on what lies under it."""

    @cached_property
    def terms(self) -> Terms:
        """How long things stay open."""
        return Terms(new_id=new_id)

    @cached_property
    def workflow(self) -> Workflow:
        """The durable path of an inspection."""
        return Workflow(cases=self.cases, terms=self.terms)

    @cached_property
    def looking(self) -> Looking:
        """The look at one."""
        return Looking(
            cases=self.cases,
            photos=self.photos,
            keeping=self.keeping,
            gate=self.gate,
            looker=lambda: self.looker,
            terms=self.terms,
            jitter=SystemRandom().random,
            memory=lambda: self.memory,
        )

    @cached_property
    def people(self) -> People:
        """What people do with one."""
        return People(cases=self.cases, terms=self.terms)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Photos of undamaged items."""
        references = SqlReferences(self.database)
        return Catalogue(
            gate=self.gate,
            keeping=self.keeping,
            references=references,
            new_id=new_id,
            remember=self._remember_reference,
        )
