import mustache from 'mustache'

console.log(mustache.render('{{a}}', { a: 'b' }))
