import { it } from 'vitest'
import { startShop } from '/work/main/tests/kit/shop.ts'
it('m', async () => {
  const shop = await startShop(); shop.byHand()
  const { purchases, subscriptions } = shop.services
  const ev = (n:number, s='sub_x') => ({ id:`test:evt_${n}`, kind:'event', about:`test:${s}`, type:'x', customer:null,paymentIntent:null,charge:null, madeAt:'', apiVersion:null, at:new Date().toISOString(), state:'waiting', why:null, attempts:0, due:new Date().toISOString(), ttl:3600 }) as any
  const time = async (name:string, f:(n:number)=>Promise<unknown>) => { for(let i=0;i<30;i++) await f(100000+i); const t=performance.now(); const c=process.cpuUsage(); await Promise.all(Array.from({length:16},async(_, w)=>{for(let i=0;i<40;i++) await f(w*40+i)})); const u=process.cpuUsage(c); console.log(name, ((performance.now()-t)/640).toFixed(3),'ms/op', (u.user/640/1000).toFixed(3)) }
  await time('store', (n)=>purchases.store(ev(n,'sub_'+n)))
  await time('dup', (n)=>purchases.store(ev(n,'sub_'+n)))
  await time('query', (n)=>purchases.waiting(`test:sub_${n}` as any, new Date()))
  await time('read', (n)=>subscriptions.read('sub_'+n))
  await time('replace', async (n)=>purchases.update({...ev(n,'sub_'+n), _etag:'"x"'}, (e)=>e))
  await shop.close()
}, 60000)
