"""Rules of what runs: the rights of replicas, and who they talk to."""

from collections.abc import Iterator

from groundplan.checks.reading import listed
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.services import PodSecurity


@rule(
    "SEC014",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="A container runs without root, on a read-only disk, and as an account of its own.",
    why="a break-in into one replica goes on to its machine and to what the default account may do",
    source="Kubernetes Pod Security Standards, restricted",
)
def containers_have_few_rights(subject: Subject) -> Iterator[Problem]:
    for name, service in subject.platform.services.items():
        given = service.security or PodSecurity()
        wanted = {
            "run_as_non_root: true": given.run_as_non_root,
            "read_only_root: true": given.read_only_root,
            "seccomp: RuntimeDefault": given.seccomp != "Unconfined",
            f"service_account: {name}": given.service_account,
        }
        missing = [key for key, is_given in wanted.items() if not is_given]
        if service.image and missing:
            yield Problem(
                path=f"services.{name}.security",
                also=(f"services.{name}.image",),
                message=f"the image of {name} runs without {len(missing)} of {len(wanted)}"
                f" restrictions: {listed(missing)}",
                try_=f"add security: {{{', '.join(missing)}}} to services.{name}",
            )


@rule(
    "SEC015",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="A mesh refuses traffic between services that is not encrypted and identified.",
    why="without STRICT a mesh also takes plain traffic, from anybody inside the network",
    source="Istio, Security: PeerAuthentication",
)
def mesh_refuses_plain_traffic(subject: Subject) -> Iterator[Problem]:
    mesh = subject.platform.mesh
    if mesh is None or mesh.mtls == "STRICT":
        return
    said = f"says mtls: {mesh.mtls}" if mesh.mtls else "names no mtls mode, so it is PERMISSIVE"
    yield Problem(
        path="mesh.mtls",
        also=tuple(f"services.{name}.port" for name in subject.platform.services)[:1],
        message=f"the mesh {said}; services that then answer plain requests of anybody inside:"
        f" {len(subject.platform.services)}",
        try_="add mtls: STRICT to mesh",
    )
