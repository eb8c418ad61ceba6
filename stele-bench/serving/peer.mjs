// Two of Stele's routes as one writes them with Fastify and better-sqlite3, with the same promises: the answer to a POST
// means that the message is on disk, found by its words from then on, and numbered without gaps.
import { randomUUID } from 'node:crypto'
import Database from 'better-sqlite3'
import fastify from 'fastify'

const [file, port] = process.argv.slice(2)
const db = new Database(file)
db.pragma('journal_mode = wal')
db.pragma('synchronous = full')
db.exec(`
  create table if not exists session (id text primary key, messages integer not null, last_at text not null);
  create table if not exists message (
    number integer primary key, id text not null unique, session text not null, user text not null, role text not null,
    content text not null, at text not null, metadata text not null);
  create index if not exists message_in_session on message (session, at);
  create virtual table if not exists word using fts5 (content, content = '', tokenize = 'porter unicode61');
  create table if not exists change (number integer primary key autoincrement, kind text not null, item text not null, at text not null);
  create table if not exists user (id text primary key, version integer not null, context text not null, at text not null);`)
const readUser = db.prepare('select version, context, at from user where id = ?')
const writeUser = db.prepare(`insert into user values (?, 1, ?, ?)
  on conflict do update set version = version + 1, context = excluded.context, at = excluded.at`)
const addMessage = db.prepare('insert into message (id, session, user, role, content, at, metadata) values (?, ?, ?, ?, ?, ?, ?)')
const addWords = db.prepare('insert into word (rowid, content) values (?, ?)')
const addChange = db.prepare("insert into change (kind, item, at) values ('message-added', ?, ?)")
const touchSession = db.prepare(`insert into session values (?, 1, ?)
  on conflict do update set messages = messages + 1, last_at = excluded.last_at`)

const remember = db.transaction((id, body, at) => {
  const { lastInsertRowid } = addMessage.run(id, body.session, body.user, body.role, body.content, at, '{}')
  addWords.run(lastInsertRowid, body.content)
  touchSession.run(body.session, at)
  addChange.run(id, at)
})

const text = { type: 'string' }
const message = {
  type: 'object', required: ['content'], additionalProperties: false,
  properties: { session: { ...text, default: 'default' }, user: { ...text, default: 'user' }, role: { ...text, default: 'user' }, content: { ...text, maxLength: 262144 } }
}
const app = fastify({ logger: false })

app.get('/v1/agents/:agent/users/:user', (request, reply) => {
  const row = readUser.get(request.params.user)
  if (!row) return reply.code(404).send({ title: 'Not Found' })
  return reply.header('ETag', `"${row.version}"`).send({ id: request.params.user, version: row.version, updatedAt: row.at, ...JSON.parse(row.context) })
})

app.put('/v1/agents/:agent/users/:user', (request, reply) => {
  writeUser.run(request.params.user, JSON.stringify(request.body), new Date().toISOString())
  return reply.code(200).send({ id: request.params.user })
})

app.post('/v1/agents/:agent/messages', { schema: { body: message } }, (request, reply) => {
  const id = randomUUID()
  const at = new Date().toISOString()
  remember(id, request.body, at)
  return reply.code(201).header('Location', `/v1/agents/${request.params.agent}/messages/${id}`).send({ id, at, ...request.body })
})

const address = await app.listen({ host: '127.0.0.1', port: Number(port) })
console.log(`listening on ${address}`)
