// The photo of a staff member: put as PNG or JPEG, kept as the one-bit picture that the evaluator shows beside the clock,
// seen and removed. Personal data of staff: nothing of it is logged, and no answer to it is remembered.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { PHOTO_LIMIT_BYTES, PHOTO_SIDE_LIMIT_PX } from '../../screens/photo-limits.ts';
import { ApiError } from '../errors.ts';
import { errorAnswers, type RouteTools } from '../route-tools.ts';
import { closed, Staff } from '../schemas.ts';

const IMAGE_TYPES = ['image/png', 'image/jpeg'];
const Params = Type.Object({ badgeId: Staff.properties.badgeId }, closed);
type Params = Static<typeof Params>;
const PhotoAnswer = Type.Object(
  {
    badgeId: Type.String(),
    photo: Type.Union(
      [Type.Object({ widthPx: Type.Integer(), heightPx: Type.Integer() }, closed), Type.Null()],
      {
        description: 'Size of the picture that is kept, null without one',
      },
    ),
  },
  closed,
);
const Bytes = Type.String({ format: 'binary' });
/** Comes with the library that draws, which a start does not wait for. */
const loadDrawing = () => import('../../screens/photo.ts');
const field = 'path.badgeId';
const path = '/v1/staff/:badgeId/photo';

export function addStaffPhotoRoutes(app: FastifyInstance, tools: RouteTools): void {
  // Other routes go on refusing whatever is not JSON.
  app.register(async (inner) => {
    inner.addContentTypeParser(IMAGE_TYPES, { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    inner.addContentTypeParser('*', (_request, _payload, done) => done(new ApiError('photo.type')));
    addRoutes(inner, tools);
  });
}

function addRoutes(app: FastifyInstance, { reader, writer, clock }: RouteTools): void {
  const config = { scope: 'windows' as const };
  const schema = { tags: ['windows'], params: Params };
  const change = async (
    request: FastifyRequest,
    picture: NonNullable<ReturnType<typeof reader.staffPhoto>> | undefined,
  ): Promise<Static<typeof PhotoAnswer>> => {
    const { badgeId } = request.params as Params;
    const input = { badgeId, picture, via: request.system, atMs: clock.nowMs() };
    const put = await writer.submit('put-staff-photo', input);
    if (!put.ok) throw new ApiError('staff.unknown', { field });
    return { badgeId, photo: picture ? { widthPx: picture.w, heightPx: picture.h } : null };
  };

  app.put<{ Params: Params }>(
    path,
    {
      config,
      bodyLimit: PHOTO_LIMIT_BYTES,
      schema: {
        ...schema,
        summary: 'Put the photo of a staff member',
        description: `A PNG or JPEG, at most ${PHOTO_LIMIT_BYTES / 1024 ** 2} MiB and ${PHOTO_SIDE_LIMIT_PX} pixels a side. Its middle is cut out 5:6 and kept in black and white, 80×96 pixels; the evaluator where that badge ID is signed in shows it at once. The staff member must have been named before, at a window or in a service.`,
        consumes: IMAGE_TYPES,
        body: Bytes,
        response: { 200: { description: 'Kept', ...PhotoAnswer }, ...errorAnswers },
      },
      // Bytes, which are looked at by who reads pictures.
      validatorCompiler: ({ schema: part, httpPart }) =>
        httpPart === 'body' ? () => true : app.validatorCompiler!({ schema: part, httpPart } as never),
      errorHandler(error: FastifyError) {
        throw error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? new ApiError('photo.too-large') : error;
      },
    },
    async (request) => {
      if (!Buffer.isBuffer(request.body)) throw new ApiError('photo.type');
      if (!reader.staffIsKnown(request.params.badgeId)) throw new ApiError('staff.unknown', { field });
      const { readPhoto } = await loadDrawing();
      const read = await readPhoto(request.body);
      if (!read.ok) throw new ApiError(read.code);
      return change(request, read.picture);
    },
  );

  app.get<{ Params: Params }>(
    path,
    {
      config,
      schema: {
        ...schema,
        summary: 'See the photo of a staff member as the evaluator shows it',
        description: 'A PNG of two colours.',
        response: {
          200: { description: 'The picture', content: { 'image/png': { schema: Bytes } } },
          ...errorAnswers,
        },
      },
    },
    async (request, reply: FastifyReply) => {
      const { badgeId } = request.params;
      const picture = reader.staffPhoto(badgeId);
      if (!picture)
        throw new ApiError(reader.staffIsKnown(badgeId) ? 'photo.none' : 'staff.unknown', { field });
      const { photoPng } = await loadDrawing();
      return reply.type('image/png').header('cache-control', 'no-store').send(photoPng(picture));
    },
  );

  app.delete<{ Params: Params }>(
    path,
    {
      config,
      schema: {
        ...schema,
        summary: 'Remove the photo of a staff member',
        description: 'The picture is deleted; that there was one stays on record.',
        response: { 200: { description: 'There is none any more', ...PhotoAnswer }, ...errorAnswers },
      },
    },
    (request) => change(request, undefined),
  );
}
