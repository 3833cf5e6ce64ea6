""".github/workflows and images/: for platforms whose repository is on GitHub."""

from collections.abc import Callable, Iterator
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.delivery import Delivery, delivery
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.pipelines import actions, ci, dockerfile, plans, promote, release
from groundplan.targets.cloud.yaml_text import document

WORKFLOWS: dict[str, tuple[tuple[str, ...], Callable[[Delivery], dict[str, Any]]]] = {
    "ci": (("pipeline", "services", "primary_database", "cache_layer"), ci.workflow),
    "release": (("pipeline", "services", "environments"), release.workflow),
    "promote": (("pipeline", "environments"), promote.workflow),
    "terraform-plan": (("terraform", "regions", "environments", "providers"), plans.plan),
    "drift": (("terraform", "regions", "environments", "providers"), plans.drift),
}


def files(clusters: tuple[Cluster, ...]) -> Iterator[File]:
    """None for a repository that is elsewhere."""
    facts = delivery(clusters)
    if facts is None:
        return
    for name, (sections, workflow) in WORKFLOWS.items():
        text = header(*sections, "cloud.repository") + document(workflow(facts))
        yield File(path=f".github/workflows/{name}.yml", text=text)
    for image in facts.images:
        recipe = dockerfile.text(image, actions.PYTHON_VERSION)
        if recipe:
            yield File(
                path=f"images/{image.service}/Dockerfile",
                text=header(f"services.{image.service}") + recipe,
                reads=dockerfile.reads(image),
            )
