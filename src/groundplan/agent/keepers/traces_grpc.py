"""OTLP over gRPC, for SDKs that send nothing else: the same batches, the same acknowledgement."""

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from groundplan.agent.keepers.intake import BUSY, Intake
from groundplan.operations.observe.traces.otlp import BYTES_MAX, Refused


class _Traces(TraceServiceServicer):
    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def Export(  # noqa: N802
        self, request: ExportTraceServiceRequest, context: grpc.aio.ServicerContext
    ) -> ExportTraceServiceResponse:
        try:
            rejected = await self._intake.take(request)
        except Refused as error:
            code = grpc.StatusCode.UNAVAILABLE if error.status == BUSY else None
            await context.abort(code or grpc.StatusCode.INVALID_ARGUMENT, error.why)
        response = ExportTraceServiceResponse()
        response.partial_success.rejected_spans = rejected
        return response


async def grpc_server(intake: Intake, address: str, port: int) -> grpc.aio.Server:
    """A server that has started; OSError when the port is taken."""
    server = grpc.aio.server(
        options=(("grpc.max_receive_message_length", BYTES_MAX), ("grpc.so_reuseport", 0))
    )
    add_TraceServiceServicer_to_server(_Traces(intake), server)  # type: ignore[no-untyped-call]
    try:
        server.add_insecure_port(f"{address}:{port}")
    except RuntimeError as error:
        raise OSError(f"{address}:{port}: {error}") from error
    await server.start()
    return server
