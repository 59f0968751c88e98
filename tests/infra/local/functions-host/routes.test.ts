import { expect, test } from 'vitest'
import type { HttpFunction } from '../../../../infra/local/functions-host/hosted.ts'
import { Routes } from '../../../../infra/local/functions-host/routes.ts'

const aFunction = (route: string, methods = ['GET'], service = 'shop') =>
  ({ name: `${methods} ${route}`, route, methods, service, trigger: 'http' }) as HttpFunction

const find = (routes: Routes, path: string, method = 'GET') => {
  const match = routes.match(method, path)
  return match && { route: match.target.route, ...match.params }
}

test.each([
  ['/api/goods', { route: 'api/goods' }],
  ['/api/goods/', { route: 'api/goods' }],
  ['/API/Goods', { route: 'api/goods' }],
  ['/api/goods/newest', { route: 'api/goods/newest' }],
  ['/api/goods/NEWEST', { route: 'api/goods/newest' }],
  ['/api/goods/Ab%20c', { route: 'api/goods/{id}', id: 'Ab c' }],
  ['/api/goods/a%2Fb', { route: 'api/goods/{id}', id: 'a%2Fb' }],
  ['/api/goods/%zz', { route: 'api/goods/{id}', id: '%zz' }],
  ['/api/goods/7/parts', { route: 'api/goods/{id}/parts/{part?}', id: '7' }],
  ['/api/goods/7/parts/8', { route: 'api/goods/{id}/parts/{part?}', id: '7', part: '8' }],
  ['/api/goods/7/parts/8/9', undefined],
  ['/api/files/a', { route: 'api/files/{*rest}', rest: 'a' }],
  ['/api/files/a/b/', { route: 'api/files/{*rest}', rest: 'a/b' }],
  ['/api/files', { route: 'api/files/{*rest}' }],
  ['/api', undefined],
  ['/', undefined],
  ['/goods', undefined],
  ['/api//goods', undefined],
])('%s leads to %o', (path, expected) => {
  const routes = ['goods/{id}', 'goods', 'goods/newest', 'goods/{id}/parts/{part?}', 'files/{*rest}']
  expect(find(new Routes(routes.map((route) => aFunction(`api/${route}`))), path)).toEqual(expected)
})

test('the longer of two routes wins, also where its end is left out: so does the real host', () => {
  const routes = new Routes([aFunction('a/{x}'), aFunction('a/{x}/{*rest}'), aFunction('a/{x}/{y}')])
  expect(find(routes, '/a/1')).toEqual({ route: 'a/{x}/{*rest}', x: '1' })
  expect(find(routes, '/a/1/2')).toEqual({ route: 'a/{x}/{y}', x: '1', y: '2' })
  expect(find(routes, '/a/1/2/3')).toEqual({ route: 'a/{x}/{*rest}', x: '1', rest: '2/3' })
})

test('a route whose method does not fit is passed over', () => {
  const routes = new Routes([aFunction('a/b', ['POST']), aFunction('a/{x}', ['GET'])])
  expect(find(routes, '/a/b', 'POST')).toEqual({ route: 'a/b' })
  expect(find(routes, '/a/b', 'GET')).toEqual({ route: 'a/{x}', x: 'b' })
  expect(find(routes, '/a/b', 'DELETE')).toBeUndefined()
})

test('one route may have several functions for different methods, whatever their order', () => {
  const some = [aFunction('a/{x}', ['GET', 'HEAD']), aFunction('a/{y}', ['PUT'])]
  for (const order of [some, some.toReversed()])
    expect(find(new Routes(order), '/a/1', 'PUT')).toEqual({ route: 'a/{y}', y: '1' })
})

test('two functions for the same requests are refused, with their services', () => {
  const twice = [aFunction('a/{x}', ['GET', 'POST'], 'shop'), aFunction('A/{y}', ['POST'], 'desk')]
  expect(() => new Routes(twice)).toThrow(/route \/a\/\{x\} is taken twice: .* of shop and .* of desk/)
})

test.each(['a/{id:int}', 'a/{id=1}', 'a/file-{name}', 'a/{*rest?}', 'a/{}', 'a/*'])('%s is refused', (route) => {
  expect(() => new Routes([aFunction(route)])).toThrow(/does not support the route segment/)
})

test.each(['a/{x?}/b', 'a/{*rest}/b', 'a/{x?}/{y}'])('%s makes no sense', (route) => {
  expect(() => new Routes([aFunction(route)])).toThrow(/cannot follow/)
})
