import '../clean/index.ts'
