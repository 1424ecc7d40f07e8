package optimizer

func (p *program) sets() {}
