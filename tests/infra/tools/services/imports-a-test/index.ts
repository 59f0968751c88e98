import { noon } from '../../../../builders.ts'

console.log(noon)
