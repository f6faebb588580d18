// GET /metrics for Prometheus, beside /healthz and /readyz: without a key, so only for the network that http.host
// lets in.
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../watch/metrics.ts';

export function addMetricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', { schema: { hide: true } }, async (_, reply) => {
    reply.type(metrics.contentType).serializer((text: string) => text);
    return metrics.text();
  });
}
